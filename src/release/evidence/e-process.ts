/** Coefficients of Lanczos for ln Γ, with g = 7. */
const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** ln Γ(x), for x > 0. */
function lnGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - lnGamma(1 - x);
  const t = x + 6.5;
  const sum = lanczos.reduce((all, one, i) => (i === 0 ? one : all + one / (x - 1 + i)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

/**
 * The continued fraction of the incomplete beta function at ½, by the method of Lentz, for a ≥ b: there it converges in
 * about √a steps. I½(a, b) = 2^−(a + b) · fraction / (a · B(a, b)).
 */
function fraction(a: number, b: number): number {
  const x = 0.5;
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m <= 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d);
    c = 1 + even / c;
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d);
    c = 1 + odd / c;
    const factor = d * c;
    value *= factor;
    if (Math.abs(factor - 1) < 1e-14) break;
  }
  return value;
}

function compute(s: number, f: number): number {
  const a = 0.5 + s;
  const b = 0.5 + f;
  // The power of two and the beta function of the mixture and of the tail cancel out: nothing is lost.
  if (f >= s) return Math.log(fraction(b, a) / (b * Math.PI));
  const lnBeta = lnGamma(a) + lnGamma(b) - lnGamma(a + b);
  const below = Math.exp(-(a + b) * Math.LN2 - lnBeta) * (fraction(a, b) / a);
  return (s + f + 1) * Math.LN2 + lnBeta - Math.log(Math.PI) + Math.log1p(-below);
}

/** Counts below this are computed once, 2 MB. */
const side = 512;
/** 0: not yet. Only that of no failures is 0. */
const known = new Float64Array(side * side);

/**
 * ln of the evidence that the live color fails more often than the way back, from `s` pairs in which only the live color
 * failed and `f` in which only the way back did (whole, ≥ 0). 0 says nothing, more speaks against the live color.
 *
 * It is the likelihood of the pairs, mixed over all chances θ > ½ that it is the live color which fails (by a Beta(½, ½)),
 * over the likelihood at ½. While the live color is no worse, it exceeds 1/α at any time with a chance of at most α,
 * however often one looks. See docs/design.md#evidence.
 */
export function lnE(s: number, f: number): number {
  if (s === 0 && f === 0) return 0;
  if (s >= side || f >= side) return compute(s, f);
  const at = s * side + f;
  const stored = known[at] ?? 0;
  if (stored !== 0) return stored;
  const value = compute(s, f);
  known[at] = value;
  return value;
}
