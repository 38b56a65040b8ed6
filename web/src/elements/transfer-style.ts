import { css } from "lit";

export const transferStyle = css`
  dialog {
    width: min(34rem, calc(100vw - 2rem));
  }
  form {
    display: grid;
    gap: var(--gap-m);
  }
  fieldset {
    display: grid;
    align-content: start;
    height: min(18rem, 40dvh);
    overflow-y: auto;
    border: 1px solid var(--line);
    border-radius: var(--round);
    padding: var(--gap-xs);
  }
  label {
    position: relative;
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    align-items: center;
    gap: var(--gap-m);
    min-height: var(--target);
    border-radius: var(--round-s);
    padding: 0 var(--gap-m);
    cursor: pointer;
  }
  label:hover {
    background: var(--hover);
  }
  label:has(:checked) {
    background: var(--indigo-ground);
  }
  label:has(:checked) .name {
    color: var(--indigo);
    font-weight: 600;
  }
  label:has(:checked) .soft {
    color: var(--ink);
  }
  label:has(:focus-visible) {
    outline: 2px solid var(--focus);
    outline-offset: -2px;
  }
  label input {
    position: absolute;
    inset: 0;
    margin: 0;
    opacity: 0;
    cursor: pointer;
  }
  .presence::before {
    content: "";
    display: inline-block;
    width: 0.5rem;
    height: 0.5rem;
    border-radius: 50%;
    margin-right: var(--gap-xs);
    background: var(--ink-soft);
  }
  .presence.available::before {
    background: var(--pine);
  }
  .presence.not_ready::before {
    background: var(--amber);
  }
  .busy {
    margin-left: var(--gap-s);
    font-weight: 600;
  }
  .none {
    padding: var(--gap-m);
  }
  .error {
    color: var(--vermilion);
  }
`;
