/**
 * Finds `eval` and `new Function` in a bundle: production Workers refuse both, while local ones run them, so that no
 * test would tell. esbuild names each module in a comment, which says whose the code is.
 */

/** Libraries that hold such code on a path that a Worker never takes. */
const UNREACHED: Readonly<Record<string, string>> = {
  'node_modules/zod/':
    'asks first whether code may be made (`allowsEval`) and interprets the schema when it may not',
}

const MODULE = /^\s*\/\/ ((?:node_modules|src|dashboard|\.\.\/)\S+)$/
const MAKES_CODE = /\beval\(|\bnew Function\(|=\s*Function\s*;|\bFunction\((?=["'`])/

/** `module:line` of each place that is not excused. */
export function madeCode(bundle: string): string[] {
  const found: string[] = []
  let module = 'unknown module'
  for (const [index, line] of bundle.split('\n').entries()) {
    module = MODULE.exec(line)?.[1] ?? module
    if (!MAKES_CODE.test(line)) continue
    if (!Object.keys(UNREACHED).some((start) => module.includes(start)))
      found.push(`${module} (line ${index + 1})`)
  }
  return found
}
