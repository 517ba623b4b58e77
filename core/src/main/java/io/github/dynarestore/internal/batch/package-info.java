/** Fills legal batches. */
@NullMarked
package io.github.dynarestore.internal.batch;

import org.jspecify.annotations.NullMarked;
