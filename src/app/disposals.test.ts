import { expect, it } from 'vitest';
import { Disposals } from './disposals.ts';

it('closes in reverse, one after the other, and each once', async () => {
  const disposals = new Disposals();
  const said: string[] = [];
  disposals.add(() => void said.push('first'));
  disposals.add(async () => {
    said.push('second begins');
    await Promise.resolve();
    said.push('second ends');
  });
  disposals.add(() => void said.push('third'));
  await disposals.run();
  await disposals.run();
  expect(said).toEqual(['third', 'second begins', 'second ends', 'first']);
});
