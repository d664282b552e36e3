#!/usr/bin/env node
// Removes the build output, so that a package never carries files whose sources are gone.
import { rmSync } from 'node:fs';

rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true });
