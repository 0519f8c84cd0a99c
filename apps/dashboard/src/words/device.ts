/** The part of a client id that names the device. */
export function deviceNameOf(clientId: string): string {
  const name = clientId.slice(clientId.indexOf('-') + 1);
  return name === '' ? clientId : name;
}
