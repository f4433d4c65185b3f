/** A commit id: hexadecimal digits, also after `g`, `git-` or `sha-` as builds write it. */
const commit = /^(?:g|git-|sha-|sha1:|sha256:)?([0-9a-f]{7,64})$/;

/**
 * Says how `reported` is another spelling of the version `wanted`; undefined when it is another version, or spelled
 * the same. This decides nothing: it only helps a person write the right one.
 */
export function otherSpelling(wanted: string, reported: string): string | undefined {
  if (wanted === reported) return undefined;
  const [small, other] = [wanted.toLowerCase(), reported.toLowerCase()];
  if (small === other) return 'the same in another letter case';
  const [plain, otherPlain] = [withoutV(small), withoutV(other)];
  if (plain === otherPlain)
    return other.startsWith('v') ? 'the same with a v before it' : 'the same without the v';
  return byCommit(plain, otherPlain) ?? byBuild(plain, otherPlain);
}

function byCommit(wanted: string, reported: string): string | undefined {
  const [one, two] = [commit.exec(wanted)?.[1], commit.exec(reported)?.[1]];
  if (one === undefined || two === undefined) return undefined;
  const [short, long] = one.length <= two.length ? [one, two] : [two, one];
  // Digits alone are a date or a build number, unless there are as many as in a whole id.
  const isId = /[a-f]/.test(long) || long.length === 40 || long.length === 64;
  if (!isId || !long.startsWith(short)) return undefined;
  if (one.length === two.length) return 'another spelling of the same id';
  return `a ${two.length > one.length ? 'longer' : 'shorter'} spelling of the same id`;
}

/** Compares by semantic versioning's build metadata: the part after the `+`. */
function byBuild(wanted: string, reported: string): string | undefined {
  const [[base = '', build], [otherBase, otherBuild]] = [wanted.split('+', 2), reported.split('+', 2)];
  if (base !== otherBase || (build === undefined) === (otherBuild === undefined) || !/^\d+\.\d/.test(base))
    return undefined;
  return `the same ${build === undefined ? 'with' : 'without'} what follows the +`;
}

function withoutV(text: string): string {
  return text.replace(/^v\.?(?=\d)/, '');
}
