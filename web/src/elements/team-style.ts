import { css } from "lit";

export const teamStyle = css`
  :host {
    display: grid;
    grid-template-rows: auto minmax(0, 1fr);
    min-height: 0;
    background: var(--surface);
  }
  header {
    display: flex;
    align-items: center;
    flex-wrap: wrap;
    gap: var(--gap-xs) var(--gap-l);
    border-bottom: 1px solid var(--line);
    padding: var(--gap-s) var(--gap-xl);
  }
  header > :last-child {
    margin-left: auto;
  }
  nav {
    display: flex;
    gap: var(--gap-xs);
    flex-wrap: wrap;
  }
  nav [aria-current="page"] {
    background: var(--indigo-ground);
    color: var(--indigo);
  }
  h2 {
    font-size: var(--text-xl);
  }
  .parts {
    display: grid;
    align-content: start;
    gap: var(--gap-l);
    overflow-y: auto;
    padding: var(--gap-l) var(--gap-xl);
  }
  h3 {
    margin-bottom: var(--gap-s);
    color: var(--ink-soft);
    font-size: var(--text-s);
  }
  .agents li {
    display: grid;
    grid-template-columns: minmax(6rem, 9rem) 8.5rem minmax(0, 1fr) auto;
    align-items: center;
    gap: var(--gap-xs) var(--gap-m);
    border-top: 1px solid var(--line);
    padding: var(--gap-xs) 0;
  }
  .name {
    font-weight: 600;
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
  .doing {
    display: flex;
    flex-wrap: wrap;
    gap: 0 var(--gap-m);
    min-width: 0;
  }
  .state {
    font-weight: 600;
  }
  .state.call {
    color: var(--pine);
  }
  .state.held {
    color: var(--amber);
  }
  .actions {
    display: flex;
    align-items: center;
    justify-content: flex-end;
    gap: var(--gap-xs);
  }
  .actions > :last-child {
    margin-left: auto;
  }
  .agents [role="alert"] {
    grid-column: 1 / -1;
  }
  .queues {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(18rem, 100%), 1fr));
    gap: var(--gap-m);
  }
  @media (max-width: 68rem) {
    .agents li {
      grid-template-columns: minmax(0, 1fr) auto;
    }
    .actions {
      grid-column: 1 / -1;
      justify-content: space-between;
    }
    .doing {
      grid-column: 1 / -1;
    }
  }
  @media (max-width: 45rem) {
    header,
    .parts {
      padding: var(--gap-s) var(--gap-m);
    }
  }
`;
