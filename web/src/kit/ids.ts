/** 128 random bits. `crypto.randomUUID` is missing where the page comes by plain HTTP. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), each =>
    each.toString(16).padStart(2, "0"),
  ).join("");
}
