/** How the call page looks: one column, large targets, on a phone as on a desk. */

import { css } from "lit";

export const style = css`
  :host {
    display: grid;
    grid-template-rows: auto 1fr;
    min-height: 100dvh;
    font-size: var(--text-l);
  }
  header {
    display: flex;
    align-items: center;
    gap: var(--gap-s);
    border-bottom: 1px solid var(--line);
    background: var(--surface);
    padding: var(--gap-m) var(--gap-l);
  }
  main {
    display: grid;
    align-content: start;
    justify-items: stretch;
    gap: var(--gap-l);
    width: min(40rem, 100%);
    margin: 0 auto;
    padding: var(--gap-l);
  }
  .status {
    min-height: 1.5em;
    text-align: center;
    font-size: var(--text-xl);
    font-weight: 600;
  }
  .status.mending {
    color: var(--amber);
  }
  .facts {
    display: flex;
    flex-wrap: wrap;
    justify-content: center;
    gap: var(--gap-s) var(--gap-l);
  }
  button,
  select,
  .button,
  input:not([type="radio"]) {
    min-height: 2.75rem;
  }
  .large {
    justify-self: center;
    min-width: 12rem;
    min-height: 3.5rem;
    border-radius: 99px;
    font-size: var(--text-xl);
  }
  .call {
    border-color: transparent;
    background: var(--pine);
    color: var(--pine-ink);
  }
  .call:hover:not(:disabled) {
    background: var(--pine-hover);
  }
  .controls {
    display: flex;
    flex-wrap: wrap;
    justify-content: center;
    gap: var(--gap-s);
  }
  .controls button[aria-pressed="true"],
  .controls button[aria-expanded="true"] {
    border-color: var(--indigo);
    background: var(--indigo-ground);
    color: var(--indigo);
  }
  .keys {
    display: grid;
    grid-template-columns: repeat(3, 4.5rem);
    justify-content: center;
    gap: var(--gap-s);
  }
  .keys output {
    grid-column: 1 / -1;
    min-height: 1.5em;
    overflow-wrap: anywhere;
    text-align: center;
  }
  .pictures {
    position: relative;
    overflow: hidden;
    border-radius: var(--round);
    background: #101418;
    aspect-ratio: 16 / 9;
  }
  .pictures video {
    width: 100%;
    height: 100%;
    object-fit: contain;
  }
  .pictures .own {
    position: absolute;
    right: 0.5rem;
    bottom: 0.5rem;
    width: 28%;
    height: auto;
    border-radius: var(--round-s);
    background: #000;
  }
  .pictures .own.camera {
    transform: scaleX(-1);
  }
  .pictures .own.alone {
    inset: 0;
    width: 100%;
    height: 100%;
  }
  .card {
    display: grid;
    gap: var(--gap-m);
    border: 1px solid var(--line);
    border-radius: var(--round);
    background: var(--surface);
    padding: var(--gap-l);
  }
  .card.fault {
    border-color: var(--vermilion);
  }
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: var(--gap-s);
    border: 1px solid var(--line-strong);
    border-radius: var(--round-s);
    padding: 0 var(--gap-m);
    color: inherit;
    font-weight: 600;
    text-decoration: none;
  }
  label {
    display: grid;
    gap: var(--gap-xs);
  }
  summary {
    min-height: 2.75rem;
    line-height: 2.75rem;
    cursor: pointer;
  }
`;
