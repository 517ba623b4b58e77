/** Small tested programs that use the library. */
@NullMarked
package io.github.dynarestore.examples;

import org.jspecify.annotations.NullMarked;
