import { css } from "lit";
import { pathStyle } from "./path.ts";

export const timelineStyle = [
  pathStyle,
  css`
    :host {
      display: block;
      overflow-y: auto;
      overscroll-behavior: contain;
    }
    :host(:focus-visible) {
      outline: 2px solid var(--focus);
      outline-offset: -2px;
    }
    ol {
      display: flex;
      flex-direction: column;
      /* Few entries stand at the bottom, where the next one comes. */
      justify-content: flex-end;
      min-height: 100%;
      gap: var(--gap-m);
      padding: var(--gap-l) var(--gap-xl);
    }
    .empty {
      padding: var(--gap-xl);
      text-align: center;
    }
    .day {
      display: flex;
      align-items: center;
      gap: var(--gap-m);
      margin-top: var(--gap-s);
    }
    .day::before,
    .day::after {
      content: "";
      flex: 1;
      border-top: 1px solid var(--line);
    }
    .message {
      display: grid;
      gap: var(--gap-xs);
      justify-items: start;
      max-width: min(34rem, 85%);
    }
    .message.out {
      align-self: flex-end;
      justify-items: end;
    }
    .bubble {
      border-radius: var(--round);
      border-start-start-radius: 2px;
      background: var(--sunken);
      padding: var(--gap-s) var(--gap-m);
      font-feature-settings: normal;
      line-height: var(--leading-prose);
      overflow-wrap: anywhere;
      text-wrap: pretty;
      word-break: auto-phrase;
      white-space: pre-wrap;
    }
    .out .bubble {
      border-start-start-radius: var(--round);
      border-start-end-radius: 2px;
      background: var(--indigo-ground);
    }
    .meta,
    .delivery,
    .mark > p:first-child,
    .head {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: var(--gap-xs) var(--gap-s);
    }
    .delivery {
      gap: 0.2rem;
    }
    .bad {
      color: var(--vermilion);
      font-weight: 600;
    }
    .again {
      min-height: 1.75rem;
      padding: 0 var(--gap-s);
      color: var(--indigo);
    }
    .call {
      display: grid;
      gap: var(--gap-xs);
      align-self: center;
      width: min(34rem, 100%);
      border: 1px solid var(--line);
      border-radius: var(--round);
      padding: var(--gap-s) var(--gap-m);
    }
    .head svg {
      color: var(--pine);
    }
    .outcome {
      margin-left: auto;
      border-radius: 99px;
      background: var(--sunken);
      padding: 0 var(--gap-m);
    }
    .facts {
      display: flex;
      flex-wrap: wrap;
      align-items: center;
      gap: var(--gap-xs) var(--gap-l);
      padding-left: calc(1.25em + var(--gap-s));
    }
    .note {
      border-left: 2px solid var(--line-strong);
      margin-left: calc(1.25em + var(--gap-s));
      padding-left: var(--gap-m);
      color: var(--ink);
      font-size: var(--text-m);
      line-height: var(--leading-prose);
      font-feature-settings: normal;
      white-space: pre-wrap;
    }
    .mark {
      display: grid;
      gap: var(--gap-xs);
      align-self: center;
      max-width: 34rem;
    }
    .mark > p:first-child {
      justify-content: center;
    }
    @media (max-width: 45rem) {
      ol {
        padding: var(--gap-m);
      }
    }
  `,
];
