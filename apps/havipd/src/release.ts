/** The version that people see. */
export const release = '0.1.0'
