package io.github.dynarestore.model;

import java.net.URI;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A place where backup objects lie.
 *
 * @param location {@code s3://bucket/prefix} or {@code file:///directory/}; the prefix is taken as it stands, so end it
 *     with a slash to mean a directory
 * @param formatId id of the format to read it with; null to recognise it from its first bytes
 * @param begun when a snapshot was begun; null to take it from the location's name, or not to know it
 * @param finished when a snapshot was finished; null if that is not known
 * @param table table whose records count, where records name theirs; null if all count
 * @param columns what the columns of a positional export mean; null for every other format
 */
public record Backup(
        URI location,
        @Nullable String formatId,
        @Nullable Instant begun,
        @Nullable Instant finished,
        @Nullable String table,
        @Nullable ColumnList columns) {

    /** Creates one; use {@link #at(String)}. */
    public Backup {
        Objects.requireNonNull(location, "location");
        if (finished != null && (begun == null || finished.isBefore(begun))) {
            throw new IllegalArgumentException(
                    "a snapshot is finished after it was begun, not " + begun + " to " + finished);
        }
        String scheme = location.getScheme();
        if ("s3".equals(scheme)) {
            if (location.getAuthority() == null
                    || location.getRawQuery() != null
                    || location.getRawFragment() != null) {
                throw new IllegalArgumentException("not s3://bucket/prefix: " + location);
            }
        } else if (!"file".equals(scheme)
                || location.getPath() == null
                || location.getRawAuthority() != null
                || location.getRawQuery() != null
                || location.getRawFragment() != null) {
            throw new IllegalArgumentException(
                    "a backup lies at s3://bucket/prefix or file:///directory/, not at " + location);
        }
    }

    /**
     * Returns the backup at a location.
     *
     * @param uri {@code s3://bucket/prefix} or {@code file:///directory/}; an S3 prefix may hold any character
     * @throws IllegalArgumentException for any other scheme, or without a bucket
     */
    public static Backup at(String uri) {
        return new Backup(parse(uri), null, null, null, null, null);
    }

    private static URI parse(String uri) {
        if (uri.startsWith("s3://")) {
            int slash = uri.indexOf('/', 5);
            String bucket = slash < 0 ? uri.substring(5) : uri.substring(5, slash);
            if (!bucket.matches("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")) {
                throw new IllegalArgumentException("not the name of a bucket: '" + bucket + "' in " + uri);
            }
            try {
                return new URI("s3", bucket, slash < 0 ? "/" : uri.substring(slash), null, null);
            } catch (java.net.URISyntaxException e) {
                throw new IllegalArgumentException("not s3://bucket/prefix: " + uri, e);
            }
        }
        return URI.create(uri);
    }

    /** Returns the same place, read with the format of this id. */
    public Backup format(String id) {
        return new Backup(location, id, begun, finished, table, columns);
    }

    /**
     * Returns the same place, of whose records only those of one table count, and those that name none: one Kinesis stream
     * may carry the changes of several tables.
     */
    public Backup table(String name) {
        return new Backup(location, formatId, begun, finished, Objects.requireNonNull(name), columns);
    }

    /** Returns the same place, saying that it holds a snapshot of the table as it was at one instant. */
    public Backup takenAt(Instant instant) {
        return new Backup(location, formatId, instant, instant, table, columns);
    }

    /**
     * Returns the same place, saying that it holds a snapshot whose items were read one after the other.
     *
     * @param finished null if it is not known
     */
    public Backup takenBetween(Instant begun, @Nullable Instant finished) {
        return new Backup(location, formatId, Objects.requireNonNull(begun), finished, table, columns);
    }

    /**
     * Returns the same place, saying what the columns of its positional export mean.
     *
     * @param list the columns in their order, such as {@code id string, price double}, as {@link ColumnList#parse} reads it
     */
    public Backup columns(String list) {
        return new Backup(location, formatId, begun, finished, table, ColumnList.parse(list));
    }
}
