export * from './errors.ts';
export * from './ids.ts';
export * from './limits.ts';
export * from './models.ts';
export * from './rest.ts';
export * from './rtp.ts';
export * from './signalling.ts';
