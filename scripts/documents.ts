import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openApp } from '../src/app/app.ts';
import { decideConfig } from '../src/config/config.ts';
import { VARIABLES } from '../src/config/variables.ts';
import { createLogger } from '../src/observability/logger.ts';

/** Documents that follow from the code: by their path in the repository, what they have to say. */
export async function generatedDocuments(): Promise<Map<string, string>> {
  return new Map([
    ['docs/configuration.md', configurationDocument()],
    ['openapi.json', await openApiDocument()],
  ]);
}

function configurationDocument(): string {
  const rows = VARIABLES.map(
    ({ name, default: fallback, about }) => `| \`${name}\` | ${fallback} | ${about} |`,
  );
  return `# Configuration

Switchyard is configured by environment variables and by nothing else. A value that cannot be followed stops the start
with a sentence that names the variable. An empty value counts as not set.

<!-- Generated from src/config/variables.ts by \`npm run docs\`. -->

| variable | default | what it decides |
|---|---|---|
${rows.join('\n')}
`;
}

async function openApiDocument(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'switchyard-docs-'));
  const config = decideConfig({
    DATA_DIR: dataDir,
    BOOTSTRAP_API_KEY: 'only-to-read-the-document',
    LOG_LEVEL: 'silent',
  });
  const app = await openApp(config, 'http://localhost:8080', createLogger('silent'));
  try {
    await app.server.ready();
    return `${JSON.stringify(app.server.swagger(), null, 2)}\n`;
  } finally {
    await app.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}
