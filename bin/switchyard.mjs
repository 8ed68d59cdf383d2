#!/usr/bin/env node
/** The front door, of two houses: a clone, which makes itself ready first, and an installed package, which is ready. */
import { existsSync } from 'node:fs';
import { requireNode } from './require-node.mjs';

const launcher = new URL('../scripts/launch.mjs', import.meta.url);

if (existsSync(launcher)) {
  const { launch } = await import(launcher.href);
  await launch(process.argv.slice(2));
} else {
  requireNode();
  await import('../dist/main.js');
}
