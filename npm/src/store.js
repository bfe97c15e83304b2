/** @typedef {any} Store */
export {};
