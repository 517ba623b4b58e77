/** Prices and paces writes; the clock is an argument. */
@NullMarked
package io.github.dynarestore.internal.rate;

import org.jspecify.annotations.NullMarked;
