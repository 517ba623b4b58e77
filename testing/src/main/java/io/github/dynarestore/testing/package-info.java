/** Real servers, faults on demand, and the contract of a backup format, for tests. */
@NullMarked
package io.github.dynarestore.testing;

import org.jspecify.annotations.NullMarked;
