/** Whether an address is one of the web, or a number to call: others (`javascript:`) are not made links. */
export function isWeb(url: string): boolean {
  return /^(https?:\/\/|tel:)/i.test(url);
}
