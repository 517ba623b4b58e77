package io.github.dynarestore.internal.checkpoint;

import java.io.IOException;
import java.io.InputStream;

/**
 * What a survey had written down. A stream and not an array: the winners of a large backup pass what an array holds, and
 * would otherwise lie in memory twice while they are read.
 */
@FunctionalInterface
public interface RecoveredSurvey {

    /** Reads it from its start. Read to the end or closed before anything is added to the journal. */
    InputStream open() throws IOException;
}
