/** The values and errors that every part shares; depends on nothing else of ours. */
@NullMarked
package io.github.dynarestore.model;

import org.jspecify.annotations.NullMarked;
