/** JMH benchmarks of the hot path, and whole restores beside other ways and tools. */
@NullMarked
package io.github.dynarestore.benchmarks;

import org.jspecify.annotations.NullMarked;
