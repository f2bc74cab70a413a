/**
 * Which devices compute with the same engine? The class of what a device says of itself in its `hello`: engine and major version, for
 * trust, which is kept by class, and for jobs that want all copies of a unit computed alike (INTEGRITY Q2, T2). It is a claim. Another class
 * is one in which the device is new, and one that nobody else has spares a liar the strike, so it must cost what lets it lie again: see
 * `exemption.ts`. Names and versions are those that clients send, so that there are few classes, however many texts are sent. Rejected: the
 * class of BOINC's homogeneous redundancy, which holds system and processor too; JavaScript's results depend on neither.
 */

/** Engines by the names that clients give them: Chromium and Node, Firefox, Safari and other WebKit. */
const KNOWN = /^(v8|spidermonkey|javascriptcore)-(\d{1,4})(?![\d-])/

export const UNKNOWN_ENGINE = 'unknown'

/** The class of a text such as `v8-140` or `spidermonkey-128.3`: `v8-140`, `spidermonkey-128`; `unknown` for any other. */
export function engineClassOf(engine: string): string {
  const [, name, major] = KNOWN.exec(engine.toLowerCase()) ?? []
  return name && major ? `${name}-${Number(major)}` : UNKNOWN_ENGINE
}
