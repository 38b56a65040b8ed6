/** Style that elements share: what is the same wherever it stands. */

import { css } from "lit";

export const controls = css`
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }

  :host([hidden]),
  [hidden] {
    display: none !important;
  }

  h1,
  h2,
  h3,
  p,
  ul,
  ol,
  dl,
  dd,
  fieldset {
    margin: 0;
    padding: 0;
    border: 0;
    list-style: none;
  }

  h1,
  h2,
  h3 {
    font-size: var(--text-l);
    font-weight: 600;
  }

  button,
  input,
  select,
  textarea {
    font: inherit;
    font-feature-settings: inherit;
    color: inherit;
  }

  button,
  select {
    min-height: var(--target);
    border: 1px solid var(--line-strong);
    border-radius: var(--round-s);
    background: var(--surface);
    padding: 0 var(--gap-m);
    cursor: pointer;
  }

  button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: var(--gap-s);
    font-weight: 600;
    white-space: nowrap;
  }

  button:hover:not(:disabled) {
    background: var(--hover);
  }

  button:disabled,
  button[aria-disabled="true"] {
    opacity: 0.55;
    cursor: default;
  }

  button.primary {
    border-color: transparent;
    background: var(--indigo);
    color: var(--indigo-ink);
  }

  button.primary:hover:not(:disabled) {
    background: var(--indigo-hover);
  }

  button.danger {
    border-color: var(--vermilion);
    color: var(--vermilion);
  }

  button.danger:hover:not(:disabled) {
    background: var(--vermilion-ground);
  }

  button.quiet {
    border-color: transparent;
    background: transparent;
  }

  button.quiet:hover:not(:disabled) {
    background: var(--hover);
  }

  button.icon {
    width: var(--target);
    padding: 0;
  }

  input:not([type="radio"]),
  textarea {
    width: 100%;
    min-height: var(--target);
    border: 1px solid var(--line-strong);
    border-radius: var(--round-s);
    background: var(--surface);
    padding: var(--gap-s) var(--gap-m);
  }

  textarea {
    line-height: var(--leading-prose);
    resize: none;
  }

  ::placeholder {
    color: var(--ink-soft);
    opacity: 1;
  }

  :focus-visible {
    outline: 2px solid var(--focus);
    outline-offset: 2px;
  }

  svg {
    flex: none;
    width: 1.25em;
    height: 1.25em;
  }

  .soft {
    color: var(--ink-soft);
  }

  .small {
    font-size: var(--text-s);
  }

  .number {
    font-variant-numeric: tabular-nums;
    font-feature-settings: "tnum";
  }

  .cut {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    min-width: 0;
  }

  .unseen {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;
