package io.github.dynarestore.internal.source;

/**
 * How objects are cut up to be fetched.
 *
 * @param rangeBytes most bytes asked for in one request
 * @param rangesPerObject most ranges of one object that are under way or waiting to be read
 * @param retry what to do when S3 fails
 */
public record FetchSettings(int rangeBytes, int rangesPerObject, RetrySettings retry) {

    /** Checks the ranges. */
    public FetchSettings {
        if (rangeBytes < 1) {
            throw new IllegalArgumentException("rangeBytes must be above 0, not " + rangeBytes);
        }
        if (rangesPerObject < 1) {
            throw new IllegalArgumentException("rangesPerObject must be above 0, not " + rangesPerObject);
        }
    }

    /** Ranges of 8 MiB, four at once. */
    public static FetchSettings standard() {
        return new FetchSettings(8 * 1024 * 1024, 4, RetrySettings.standard());
    }
}
