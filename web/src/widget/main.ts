/**
 * The widget as one script:
 *
 *     <script src="https://hub.example.jp/chat/widget.js" data-form="name,topic" async></script>
 *
 * Its `data-` attributes become those of the element. A page that has a `<tori-chat>` of its own keeps that.
 */

import { ToriChat } from "./element.ts";
import { SCRIPT } from "./origin.ts";

function place(): void {
  if (document.querySelector("tori-chat") !== null) return;
  const chat = new ToriChat();
  for (const [name, value] of Object.entries(SCRIPT?.dataset ?? {})) {
    if (value !== undefined) chat.setAttribute(name, value);
  }
  document.body.append(chat);
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", place);
else place();
