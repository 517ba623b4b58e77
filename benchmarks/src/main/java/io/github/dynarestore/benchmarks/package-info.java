/** JMH benchmarks of the hot path, and the whole run beside the naive way. */
@NullMarked
package io.github.dynarestore.benchmarks;

import org.jspecify.annotations.NullMarked;
