import { decideConfig } from '../config/config.ts';
import { readEnv } from '../config/env.ts';
import { isHealthy, printed, printedAsJson } from './doctor/finding.ts';
import { examineLinks } from './doctor/links-check.ts';

export interface DoctorLinksOptions {
  readonly url?: string;
  readonly only?: string;
  readonly json?: boolean;
}

/**
 * `switchyard doctor links <domain>`: whether iOS and Android would open an app for the links of a domain, as far as
 * the files it serves decide that.
 *
 * @returns 0 when nothing is broken, 1 when something is, 2 when nobody answers there
 * @throws OperatorError when an argument cannot be meant
 */
export async function doctorLinks(
  domain: string,
  { url, only, json = false }: DoctorLinksOptions,
): Promise<number> {
  const { dataDir } = decideConfig(readEnv());
  const { findings, wasAnswered } = await examineLinks({ domain, url, only, dataDir });
  console.log(json ? printedAsJson(findings) : printed(findings));
  if (!wasAnswered) return 2;
  return isHealthy(findings) ? 0 : 1;
}
