/** Finds and checks implementations of the SPI. */
@NullMarked
package io.github.dynarestore.internal.discovery;

import org.jspecify.annotations.NullMarked;
