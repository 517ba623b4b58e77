/** The command line. */
@NullMarked
package io.github.dynarestore.cli;

import org.jspecify.annotations.NullMarked;
