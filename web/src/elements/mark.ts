import { css, html, type TemplateResult } from "lit";

/** The product's seal: something handed on to where it belongs. */
export const mark: TemplateResult = html`
  <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <rect x="1" y="1" width="30" height="30" rx="7"></rect>
    <path d="M7 16h12M14.5 10.5 20 16l-5.5 5.5M24.5 8v16"></path>
  </svg>`;

export const markStyle = css`
  .mark {
    width: 1.625rem;
    height: 1.625rem;
    fill: #b8402a;
  }
  .mark path {
    fill: none;
    stroke: #fff;
    stroke-width: 2.4;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
`;
