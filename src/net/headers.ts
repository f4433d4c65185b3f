import { z } from 'zod';

const token = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
/** Headers of the connection, which this program sets itself. */
const own =
  /^(?:connection|content-length|expect|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/;

/** A header's name, in lower case. */
export const headerNameSchema = z
  .string()
  .regex(token, 'must be the name of a header')
  .transform((name) => name.toLowerCase());

/** A request's headers by name, in lower case. `host` is a host name, with or without a port. */
export const headersSchema = z
  .record(
    z.string().regex(token, 'is not the name of a header'),
    z.string().regex(/^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/, 'must be one line of text, in ASCII'),
  )
  .superRefine((headers, context) => {
    const seen = new Set<string>();
    for (const [name, value] of Object.entries(headers)) {
      const small = name.toLowerCase();
      const wrong = (message: string) => context.addIssue({ code: 'custom', path: [name], message });
      if (own.test(small)) wrong('belongs to the connection and cannot be set');
      if (seen.has(small)) wrong('is given twice');
      seen.add(small);
      if (small === 'host' && !/^[A-Za-z0-9._-]+(?::\d{1,5})?$/.test(value))
        wrong('must be a host name, such as shop.example');
    }
  })
  .transform((headers) =>
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  );
