/** Chooses the record that decides each key. */
@NullMarked
package io.github.dynarestore.internal.survey;

import org.jspecify.annotations.NullMarked;
