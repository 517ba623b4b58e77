/** The front door: say what to restore, and run it. */
@NullMarked
package io.github.dynarestore;

import org.jspecify.annotations.NullMarked;
