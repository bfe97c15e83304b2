// SPDX-License-Identifier: MIT
// program.js: runs a program, whole or until it says where it listens.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const NODE_PROGRAM = [process.execPath, fileURLToPath(new URL('../src/cli/main.js', import.meta.url))];

/** The C program, which the environment names. */
export function cProgram() {
  const program = process.env.COUNTERSIGN_PROGRAM;
  if (!program) throw new Error('COUNTERSIGN_PROGRAM has to name the C program, such as build/countersign');
  return [program];
}

/**
 * @param {string[]} command
 * @param {{ cwd?: string, state?: string, input?: string | Buffer, env?: Record<string, string>, kill?: number }} [options]
 * @returns {Promise<{ status: number | null, out: string, err: string }>}
 */
export function run(command, { cwd, state, input = '', env = {}, kill } = {}) {
  const [program, ...args] = command;
  const all = { ...process.env, ...(state ? { XDG_STATE_HOME: state } : {}), ...env };
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: all });
    let [out, err] = ['', ''];
    child.stdout.on('data', (bytes) => {
      out += bytes;
    });
    child.stderr.on('data', (bytes) => {
      err += bytes;
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, out, err }));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    if (kill) setTimeout(() => child.kill('SIGKILL'), kill);
  });
}

/**
 * Starts a program that goes on, and waits for a line of its output.
 * @param {string[]} command
 * @param {RegExp} line  with a group
 */
export async function start(command, line, { cwd, env = {} } = {}) {
  const [program, ...args] = command;
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  process.on('exit', () => child.kill('SIGKILL'));
  let [out, err] = ['', ''];
  child.stderr.on('data', (bytes) => {
    err += bytes;
  });
  const found = await new Promise((resolve, reject) => {
    child.stdout.on('data', (bytes) => {
      out += bytes;
      const match = line.exec(out);
      if (match) resolve(match[1]);
    });
    child.on('exit', (status) => reject(new Error(`${program} ended with ${status}: ${err}`)));
  });
  return {
    found,
    pid: child.pid,
    get log() {
      return err;
    },
    stop: () => new Promise((resolve) => {
      child.on('exit', resolve);
      child.kill('SIGTERM');
    }),
  };
}

/** The C program as a device. */
export async function startServe(file, { listen = 'tcp://127.0.0.1:0', cwd } = {}) {
  const device = await start([...cProgram(), 'serve', file, ...(listen ? ['--listen', listen] : [])],
    /^listening on (\S+)\n/m, { cwd });
  return { address: device.found, stop: device.stop, get log() {
    return device.log;
  } };
}

/**
 * The last test of a file: what it leaves open may keep its process for no longer than this. Once
 * such a process never ended although all its tests had passed; what is left is told.
 */
export function endSoon() {
  setTimeout(() => {
    console.log(`# left open: ${process.getActiveResourcesInfo().join(' ')}`);
    process.exit();
  }, 10000).unref();
}
