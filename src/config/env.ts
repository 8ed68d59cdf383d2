import { VARIABLES, type VariableName } from './variables.ts';

/** The environment as text: the one place of the product that looks at `process.env`. */
export type Env = Partial<Record<VariableName, string>>;

/** Reads the variables the product knows; an empty value counts as not set, as container platforms hand them over. */
export function readEnv(source: NodeJS.ProcessEnv = process.env): Env {
  const env: Env = {};
  for (const { name } of VARIABLES) {
    const value = source[name]?.trim();
    if (value) env[name] = value;
  }
  return env;
}
