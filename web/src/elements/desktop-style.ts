import { css } from "lit";

export const desktopStyle = css`
  :host {
    display: grid;
    grid-template-rows: auto minmax(0, 1fr);
    height: 100dvh;
  }
  .body {
    display: grid;
    grid-template: "offers main side" auto "list main side" minmax(0, 1fr) / 19rem minmax(0, 1fr) 19rem;
    min-height: 0;
  }
  .body:not([data-open]) main {
    grid-column: 2 / -1;
  }
  .offers {
    grid-area: offers;
    display: grid;
    gap: var(--gap-s);
    max-height: 70dvh;
    overflow-y: auto;
    padding: var(--gap-m) var(--gap-m) 0;
  }
  .offers:not(:has(tori-offer)) {
    padding: 0;
  }
  nav {
    grid-area: list;
    overflow-y: auto;
    padding: var(--gap-l) var(--gap-m);
  }
  main {
    grid-area: main;
    display: grid;
    grid-template-rows: auto minmax(0, 1fr);
    min-height: 0;
    border-left: 1px solid var(--line);
  }
  aside {
    grid-area: side;
    min-height: 0;
    overflow-y: auto;
    border-left: 1px solid var(--line);
  }
  main > :last-child {
    grid-row: 2;
  }
  .idle {
    display: grid;
    align-content: center;
    justify-items: center;
    gap: var(--gap-s);
    padding: var(--gap-xl);
    text-align: center;
  }
  .idle h2 {
    font-size: var(--text-xl);
  }
  .idle button {
    margin-top: var(--gap-m);
  }
  @media (max-width: 68rem) {
    .body {
      position: relative;
      grid-template: "offers main" auto "list main" minmax(0, 1fr) / 17rem minmax(0, 1fr);
    }
    aside {
      display: none;
      position: absolute;
      inset: 0 0 0 auto;
      width: min(22rem, 100%);
      background: var(--ground);
      box-shadow: var(--shadow);
    }
    [data-side] aside {
      display: block;
    }
  }
  @media (max-width: 45rem) {
    .body {
      grid-template: "offers" auto "page" minmax(0, 1fr) / minmax(0, 1fr);
    }
    .offers {
      max-height: 50dvh;
      padding-bottom: var(--gap-m);
    }
    .offers:not(:has(tori-offer)) {
      padding: 0;
    }
    nav,
    main,
    .body:not([data-open]) main {
      grid-area: page;
      border: 0;
    }
    [data-open] nav,
    [data-team] nav,
    [data-idle] nav,
    .body:not([data-open], [data-team], [data-idle]) main {
      display: none;
    }
  }
`;
