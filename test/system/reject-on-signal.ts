/** Loaded before a program (`node --import`), this is a defect: on SIGUSR2 a promise is rejected that nobody waits for. */
process.on('SIGUSR2', () => {
  void Promise.reject(new Error('a defect, made for a test'));
});
