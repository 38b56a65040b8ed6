/** Where a command was given, so that its refusal is shown there. */

import type { Command } from "../protocol.ts";
import type { DeskState } from "./state.ts";

/** The dialog that is open. All other places are contacts, by their id. */
export const DIALOG = "dialog";

/** Return the place that shows what became of a command; `null` if none is in sight: then it is a notice. */
export function placeOf(state: DeskState, command: Command): string | null {
  switch (command.type) {
    case "set_presence":
    case "accept":
    case "reject":
    case "send":
    case "typing":
    case "read":
      return null;
    case "dial":
      return isOfDialog(state, command) ? DIALOG : null;
    case "transfer":
    case "consult":
    case "take_over":
      if (isOfDialog(state, command)) return DIALOG;
      break;
  }
  return isInSight(state, command.contact) ? command.contact : null;
}

/** Whether a command is what the open dialog is for, so that the dialog is done with once it is carried out. */
export function isOfDialog({ dialog }: DeskState, command: Command): boolean {
  switch (command.type) {
    case "dial":
      return dialog?.kind === "dial";
    case "pick_up":
      return dialog?.kind === "parked";
    case "take_over":
      return dialog?.kind === "take_over" && dialog.contact === command.contact;
    case "transfer":
    case "consult":
      return dialog?.kind === "transfer" && dialog.contact === command.contact;
    default:
      return false;
  }
}

function isInSight(state: DeskState, contact: string): boolean {
  const isListed = state.view === "team" || state.dialog?.kind === "parked";
  return isListed || state.contacts.some(each => each.id === contact);
}
