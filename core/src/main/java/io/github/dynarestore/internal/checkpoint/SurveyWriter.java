package io.github.dynarestore.internal.checkpoint;

import java.io.DataOutput;
import java.io.IOException;

/** Writes down what a survey found. */
@FunctionalInterface
public interface SurveyWriter {

    /** Writes all of it, any number of bytes. */
    void writeTo(DataOutput out) throws IOException;
}
