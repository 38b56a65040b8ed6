/** Line drawings of 24 units, in the colour of the text. Their meaning is always said in words, too. */

import { html, type SVGTemplateResult, svg, type TemplateResult } from "lit";
import type { Channel } from "../protocol.ts";

const drawing = (paths: SVGTemplateResult): TemplateResult => html`
  <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round"
    stroke-linejoin="round" aria-hidden="true" focusable="false">${paths}</svg>`;

const phone = svg`<path d="M6.6 3.5h2.6l1.5 4.2-2 1.5a12 12 0 0 0 6.1 6.100l1.5-2 4.2 1.500v2.600a2 2 0 0 1-2.2 2A17 17 0 0 1 4.6 5.700a2 2 0 0 1 2-2.200z"/>`;
const bubble = svg`<path d="M4 6.500A2.5 2.5 0 0 1 6.5 4h11A2.5 2.5 0 0 1 20 6.500v7a2.5 2.5 0 0 1-2.5 2.500H11l-4.5 4v-4A2.5 2.5 0 0 1 4 13.500z"/>`;

const CHANNELS: Readonly<Record<Channel, SVGTemplateResult>> = {
  voice: phone,
  video: svg`<rect x="3" y="6" width="12" height="12" rx="2"/><path d="m15 11 6-3.500v9L15 13"/>`,
  chat: svg`${bubble}<path d="M8 8.500h8M8 11.500h5"/>`,
  line: svg`${bubble}<path d="M9 10h.01M12 10h.01M15 10h.01" stroke-width="2.5"/>`,
  sms: svg`<rect x="7" y="3" width="10" height="18" rx="2"/><path d="M11 18h2"/>`,
  email: svg`<rect x="3" y="5" width="18" height="14" rx="2"/><path d="m4 7 8 6 8-6"/>`,
  fax: svg`<path d="M7 8V3h10v5M7 17H5a2 2 0 0 1-2-2v-5a2 2 0 0 1 2-2h14a2 2 0 0 1 2 2v5a2 2 0 0 1-2 2h-2"/><path d="M7 14h10v7H7z"/>`,
  social: svg`<circle cx="6" cy="12" r="2.5"/><circle cx="17" cy="6" r="2.5"/><circle cx="17" cy="18" r="2.5"/><path d="m8.2 10.8 6.6-3.600M8.2 13.200l6.6 3.6"/>`,
  voicemail: svg`<circle cx="6.500" cy="12" r="4"/><circle cx="17.500" cy="12" r="4"/><path d="M6.500 16h11"/>`,
  ticket: svg`<path d="M4 7h16v3.500a1.5 1.5 0 0 0 0 3V17H4v-3.500a1.5 1.5 0 0 0 0-3zM14 7v10"/>`,
};

const OTHERS = {
  hangUp: svg`<path d="M3 14.500c0-1 .3-2 1-2.700a12 12 0 0 1 16 0c.7.7 1 1.7 1 2.7 0 .6-.5 1-1 .9l-3.4-.6a1 1 0 0 1-.8-1v-2a11 11 0 0 0-7.6 0v2a1 1 0 0 1-.8 1l-3.4.6c-.5.1-1-.3-1-.9z"/>`,
  pause: svg`<path d="M9 6v12M15 6v12"/>`,
  play: svg`<path d="M8 5.500v13l10-6.500z"/>`,
  check: svg`<path d="m5 12.5 4.5 4.500L19 7.5"/>`,
  close: svg`<path d="m6 6 12 12M18 6 6 18"/>`,
  back: svg`<path d="M14.5 5.5 8 12l6.5 6.5"/>`,
  send: svg`<path d="M4.5 12 20 5l-4 14-4.5-5zM11.5 14 20 5"/>`,
  clock: svg`<circle cx="12" cy="12" r="8.5"/><path d="M12 7.500V12l3 2"/>`,
  alert: svg`<path d="M12 4 3 19.500h18zM12 10v4.500M12 17h.01"/>`,
  person: svg`<circle cx="12" cy="8.5" r="3.8"/><path d="M4.5 20c1-3.8 4-5.5 7.5-5.500s6.5 1.7 7.5 5.5"/>`,
  link: svg`<path d="M10 14a4 4 0 0 0 5.7 0l3-3a4 4 0 1 0-5.7-5.700l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 1 0 5.7 5.700l1-1"/>`,
  menu: svg`<path d="M4 7h16M4 12h10M4 17h6"/>`,
  sliders: svg`<path d="M4 7h9M17 7h3M4 17h3M11 17h9"/><circle cx="15" cy="7" r="2"/><circle cx="9" cy="17" r="2"/>`,
  keyboard: svg`<rect x="3" y="6" width="18" height="12" rx="2"/><path d="M7 10h.01M11 10h.01M15 10h.01M8 14h8"/>`,
  leave: svg`<path d="M10 4H6a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h4M15 8l4 4-4 4M19 12H9"/>`,
  mic: svg`<rect x="9" y="3" width="6" height="11" rx="3"/><path d="M5.500 11.500a6.500 6.500 0 0 0 13 0M12 18v3"/>`,
  micOff: svg`<path d="M9 9V6a3 3 0 0 1 6 0v5M14.500 13.500A3 3 0 0 1 9 11.500M5.500 11.500a6.500 6.500 0 0 0 10.500 5M18.500 11.500a6.500 6.500 0 0 1-.5 2.500M12 18v3M4 4l16 16"/>`,
  keypad: svg`<path d="M6 5h.01M12 5h.01M18 5h.01M6 11h.01M12 11h.01M18 11h.01M6 17h.01M12 17h.01M18 17h.01" stroke-width="3"/>`,
  transfer: svg`<path d="M4 12h14M13 6.500 18.500 12 13 17.500"/>`,
  park: svg`<circle cx="12" cy="12" r="8.500"/><path d="M10 16.500v-9h3a2.500 2.500 0 0 1 0 5h-3"/>`,
  record: svg`<circle cx="12" cy="12" r="8.500"/><circle cx="12" cy="12" r="3.500" fill="currentColor"/>`,
  stop: svg`<rect x="7" y="7" width="10" height="10" rx="1"/>`,
  swap: svg`<path d="M5 8.500h13M14.500 5 18 8.500 14.500 12M19 15.500H6M9.500 12 6 15.500 9.500 19"/>`,
  people: svg`<circle cx="9" cy="9" r="3.300"/><path d="M3 19c.7-3.300 3-4.700 6-4.700s5.300 1.400 6 4.700M15.500 6a3.200 3.200 0 0 1 0 6M17 14.500c2.200.4 3.500 1.800 4 4.500"/>`,
  dial: svg`${phone}<path d="M15 4h5v5M20 4l-5.500 5.500"/>`,
  ear: svg`<path d="M4 14v-2a8 8 0 0 1 16 0v2"/><rect x="3" y="13.500" width="4.500" height="6.500" rx="1.500"/><rect x="16.500" y="13.500" width="4.500" height="6.500" rx="1.500"/>`,
  eyeOff: svg`<path d="M4 4l16 16M9.500 6a9 9 0 0 1 2.500-.3c4.500 0 7.500 3.300 9 6.300a14 14 0 0 1-2.300 3.200M6.500 7.700A13 13 0 0 0 3 12c1.500 3 4.500 6.300 9 6.300a9 9 0 0 0 4-.9M10 10.200a2.700 2.700 0 0 0 3.800 3.800"/>`,
  attach: svg`<path d="m20 11-8.500 8.500a5 5 0 0 1-7-7l9-9a3.400 3.400 0 0 1 4.800 4.800l-8.800 8.800a1.700 1.700 0 0 1-2.400-2.400L15 6.800"/>`,
  file: svg`<path d="M6 3h8l4 4v14H6zM14 3v4h4"/>`,
  phrases: svg`<path d="M5 4h14v16H5zM8.500 8.500h7M8.500 12h7M8.500 15.500h4"/>`,
  choices: svg`<rect x="4" y="4" width="16" height="6.500" rx="3.200"/><rect x="4" y="13.500" width="16" height="6.500" rx="3.200"/><path d="M8 7.200h8M8 16.700h8"/>`,
  place: svg`<path d="M12 21c4.500-4.500 7-8 7-11.500a7 7 0 0 0-14 0C5 13 7.500 16.500 12 21z"/><circle cx="12" cy="9.500" r="2.500"/>`,
  sticker: svg`<path d="M20 12.500A8.500 8.500 0 1 1 11.500 4M20 12.500a8.500 8.500 0 0 0-8.500-8.500c0 5 3.500 8.500 8.500 8.500zM8.500 12.500h.01M8.500 16c1.500 1.500 3.500 2 5.500 1"/>`,
  camera: svg`<rect x="3" y="6" width="12" height="12" rx="2"/><path d="m15 11 6-3.500v9L15 13"/>`,
  screen: svg`<rect x="3" y="4.500" width="18" height="12" rx="2"/><path d="M9 20h6M12 16.500V20M12 13V8M9.500 10.500 12 8l2.500 2.500"/>`,
  headset: svg`<path d="M4 14v-2a8 8 0 0 1 16 0v2"/><rect x="3" y="13.500" width="4.500" height="6.500" rx="1.500"/><rect x="16.500" y="13.500" width="4.500" height="6.500" rx="1.500"/><path d="M19 20c-1 1.500-3 2-5 2"/>`,
  write: svg`${bubble}<path d="m10 10 2 2 4-4.500"/>`,
  add: svg`<path d="M12 5v14M5 12h14"/>`,
} as const;

export function channelIcon(channel: Channel): TemplateResult {
  return drawing(Object.hasOwn(CHANNELS, channel) ? CHANNELS[channel] : bubble);
}

export function icon(name: keyof typeof OTHERS): TemplateResult {
  return drawing(OTHERS[name]);
}
