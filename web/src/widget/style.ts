/** How the widget looks. A page may set `--tori-chat-accent`, `--tori-chat-right` and `--tori-chat-bottom`. */

import { css } from "lit";

export const style = css`
  :host {
    --ground: light-dark(#ffffff, #1c2025);
    --sunken: light-dark(#f0efea, #242930);
    --ink: light-dark(#1d252e, #e7e9ec);
    --ink-soft: light-dark(#545d68, #a9b1bb);
    --rule: light-dark(#dedbd2, #333a43);
    --rule-strong: light-dark(#82878f, #6c7682);
    --accent: var(--tori-chat-accent, light-dark(#1f4b7a, #8ab8e8));
    --accent-ink: light-dark(#ffffff, #0e1b29);
    --accent-ground: light-dark(#e4edf6, #22344a);
    --warn: light-dark(#855300, #e3b35c);
    --warn-ground: light-dark(#faeed3, #3c3018);
    --bad: light-dark(#ab3320, #f0917d);
    --focus: light-dark(#1a6fd0, #9cc9ff);
    color-scheme: light dark;
    position: fixed;
    right: var(--tori-chat-right, 1.25rem);
    bottom: var(--tori-chat-bottom, 1.25rem);
    z-index: 2147483000;
    color: var(--ink);
    font: 15px / 1.6 "Hiragino Sans", "Noto Sans JP", "Noto Sans CJK JP", "BIZ UDPGothic", "Yu Gothic UI",
      Meiryo, system-ui, sans-serif;
    text-align: start;
    line-break: strict;
  }
  :host([full]) {
    inset: 0;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  h2,
  p,
  ol,
  ul,
  fieldset {
    margin: 0;
    padding: 0;
    border: 0;
    list-style: none;
  }
  button,
  input,
  textarea {
    font: inherit;
    color: inherit;
  }
  :focus-visible {
    outline: 2px solid var(--focus);
    outline-offset: 2px;
  }
  [hidden] {
    display: none !important;
  }
  .away {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  button {
    min-height: 2.75rem;
    min-width: 2.75rem;
    border: 1px solid var(--rule-strong);
    border-radius: 0.5rem;
    background: var(--ground);
    padding: 0 0.875rem;
    cursor: pointer;
  }
  button.main,
  .launcher {
    border-color: transparent;
    background: var(--accent);
    color: var(--accent-ink);
    font-weight: 600;
  }
  button:disabled {
    opacity: 0.5;
    cursor: default;
  }
  button.icon,
  label.icon {
    display: inline-grid;
    place-items: center;
    width: 2.75rem;
    height: 2.75rem;
    border: 0;
    border-radius: 0.5rem;
    background: transparent;
    padding: 0;
    color: inherit;
    cursor: pointer;
  }
  svg {
    width: 1.375rem;
    height: 1.375rem;
    fill: none;
    stroke: currentcolor;
    stroke-width: 1.8;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  .launcher {
    position: relative;
    display: grid;
    place-items: center;
    width: 3.5rem;
    height: 3.5rem;
    border-radius: 50%;
    padding: 0;
    box-shadow: 0 4px 16px #0004;
  }
  .launcher svg {
    width: 1.75rem;
    height: 1.75rem;
  }
  .badge {
    position: absolute;
    top: -0.25rem;
    right: -0.25rem;
    min-width: 1.375rem;
    border-radius: 0.75rem;
    background: light-dark(#ab3320, #f0917d);
    padding: 0 0.3rem;
    color: light-dark(#ffffff, #2a0d07);
    font-size: 0.8125rem;
    line-height: 1.375rem;
    text-align: center;
  }
  .panel {
    display: flex;
    flex-direction: column;
    width: 23.5rem;
    max-width: calc(100vw - 2.5rem);
    height: min(38rem, calc(100dvh - 2.5rem));
    overflow: hidden;
    border: 1px solid var(--rule);
    border-radius: 0.875rem;
    background: var(--ground);
    box-shadow: 0 8px 32px #0003;
  }
  :host([full]) .panel {
    width: 100%;
    max-width: 44rem;
    height: 100dvh;
    margin: 0 auto;
    border-radius: 0;
    box-shadow: none;
  }
  header {
    display: flex;
    align-items: center;
    justify-content: space-between;
    min-height: 3.25rem;
    background: var(--accent);
    padding: 0.25rem 0.25rem 0.25rem 1rem;
    color: var(--accent-ink);
  }
  h2 {
    margin-inline-end: auto;
    font-size: 1rem;
    font-weight: 600;
  }
  header :focus-visible {
    outline-color: currentcolor;
    outline-offset: -4px;
  }
  .status {
    border-bottom: 1px solid var(--rule);
    background: var(--sunken);
    padding: 0.4rem 1rem;
    font-size: 0.875rem;
  }
  .status.lost {
    background: var(--warn-ground);
    color: var(--warn);
  }
  .status:empty {
    display: none;
  }
  .scroll {
    flex: 1;
    min-height: 0;
    overflow-y: auto;
    overscroll-behavior: contain;
    padding: 0.75rem 1rem;
  }
  .scroll:focus-visible {
    outline-offset: -2px;
  }
  .greeting {
    color: var(--ink-soft);
  }
  ol {
    display: grid;
    gap: 0.5rem;
  }
  li {
    display: grid;
    justify-items: start;
    max-width: 85%;
  }
  li.mine {
    justify-items: end;
    margin-left: auto;
  }
  .bubble {
    border-radius: 0.25rem 0.875rem 0.875rem;
    background: var(--sunken);
    padding: 0.5rem 0.75rem;
    overflow-wrap: anywhere;
    white-space: pre-wrap;
  }
  .mine .bubble {
    border-radius: 0.875rem 0.25rem 0.875rem 0.875rem;
    background: var(--accent-ground);
  }
  .bubble.gone {
    color: var(--ink-soft);
    font-style: italic;
  }
  .note {
    color: var(--ink-soft);
    font-size: 0.75rem;
  }
  .note.bad {
    color: var(--bad);
  }
  a {
    color: var(--accent);
  }
  .file {
    display: block;
  }
  .choices {
    display: flex;
    flex-wrap: wrap;
    gap: 0.375rem;
    margin-top: 0.375rem;
  }
  .choices button,
  .choices a {
    display: inline-grid;
    align-items: center;
    min-height: 2.75rem;
    border: 1px solid var(--accent);
    border-radius: 1.375rem;
    background: transparent;
    padding: 0 1rem;
    color: var(--accent);
    text-decoration: none;
  }
  .card {
    display: grid;
    gap: 0.625rem;
    margin-top: 0.75rem;
    border: 1px solid var(--rule);
    border-radius: 0.75rem;
    padding: 0.875rem;
  }
  .card label {
    display: grid;
    gap: 0.125rem;
    font-size: 0.875rem;
  }
  .card label.check {
    grid-template-columns: auto 1fr;
    gap: 0.5rem;
    align-items: start;
  }
  .check input {
    width: 1.25rem;
    height: 1.25rem;
    margin: 0.1rem 0 0;
    accent-color: var(--accent);
  }
  input[type="text"],
  textarea {
    width: 100%;
    min-height: 2.75rem;
    border: 1px solid var(--rule-strong);
    border-radius: 0.5rem;
    background: var(--ground);
    padding: 0.5rem 0.75rem;
    /* Below 16px some phones zoom in. */
    font-size: 16px;
  }
  legend {
    float: left;
    width: 100%;
    padding: 0;
    font-weight: 600;
  }
  .stars {
    display: flex;
    gap: 0.25rem;
    margin-top: 0.5rem;
  }
  .stars label {
    position: relative;
    display: grid;
    place-items: center;
    width: 2.75rem;
    height: 2.75rem;
    border: 1px solid var(--rule-strong);
    border-radius: 0.5rem;
    cursor: pointer;
  }
  .stars input {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    margin: 0;
    opacity: 0;
    cursor: pointer;
  }
  .stars label:has(:checked) {
    border-color: var(--accent);
    background: var(--accent);
    color: var(--accent-ink);
  }
  .stars label:has(:focus-visible) {
    outline: 2px solid var(--focus);
    outline-offset: 2px;
  }
  .foot {
    border-top: 1px solid var(--rule);
    padding: 0.5rem;
    padding-bottom: max(0.5rem, env(safe-area-inset-bottom));
  }
  .write {
    display: grid;
    grid-template-columns: auto 1fr auto;
    gap: 0.375rem;
    align-items: end;
  }
  .write textarea {
    max-height: 8rem;
    resize: none;
    field-sizing: content;
  }
  label.icon:has(:focus-visible) {
    outline: 2px solid var(--focus);
  }
  .hint {
    padding: 0.25rem 0.25rem 0;
    color: var(--ink-soft);
    font-size: 0.75rem;
  }
  @media (max-width: 30rem) {
    :host([open]) {
      inset: 0;
    }
    .panel {
      width: 100%;
      max-width: none;
      height: 100dvh;
      border: 0;
      border-radius: 0;
    }
    .hint.keys {
      display: none;
    }
  }
  @media (prefers-reduced-motion: no-preference) {
    .panel {
      animation: rise 0.15s ease-out;
    }
    @keyframes rise {
      from {
        opacity: 0;
        translate: 0 0.5rem;
      }
    }
  }
`;
