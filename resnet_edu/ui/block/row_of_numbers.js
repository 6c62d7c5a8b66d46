// The arithmetic of a one-dimensional block, with numbers that fit on a blackboard.

/**
 * Convolve a row with three weights, with zero padding.
 *
 * @param {number[]} row
 * @param {number[]} weights
 */
export const convolved = (row, weights) =>
  row.map((_, at) => weights.reduce((sum, weight, k) => sum + weight * (row[at + k - 1] ?? 0), 0));

/**
 * Compute every step of a block of two such convolutions.
 *
 * @param {number[]} x
 * @param {number[]} first
 * @param {number[]} second
 */
export function block(x, first, second) {
  const conv1 = convolved(x, first);
  const relu1 = conv1.map((value) => Math.max(0, value));
  const residual = convolved(relu1, second);
  const sum = residual.map((value, at) => value + x[at]);
  return { conv1, relu1, residual, sum, output: sum.map((value) => Math.max(0, value)) };
}
