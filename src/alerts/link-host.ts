/** Normalizes a host: lower case, without the port of `https`, without the dot of the root. Null: not a host. */
export function linkHost(host: string): string | null {
  const url = URL.canParse(`https://${host}`) ? new URL(`https://${host}`) : undefined;
  if (url === undefined) return null;
  return url.hostname.replace(/\.$/, '') + (url.port === '' ? '' : `:${url.port}`);
}
