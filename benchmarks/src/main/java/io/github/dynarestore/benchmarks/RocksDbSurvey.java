package io.github.dynarestore.benchmarks;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The survey as a store of key and greatest order, read before each write. Bound by name, since its jar of 90 MB is only
 * fetched by who wants this comparison.
 */
final class RocksDbSurvey {

    private RocksDbSurvey() {}

    /** Surveys; returns how many keys there are. */
    static long run(long records, Path parent, long[] disk) throws IOException {
        Path directory = Files.createTempDirectory(parent, "rocks");
        long keys = 0;
        try {
            Class<?> type = Class.forName("org.rocksdb.RocksDB");
            MethodHandles.Lookup lookup = MethodHandles.publicLookup();
            lookup.findStatic(type, "loadLibrary", MethodType.methodType(void.class))
                    .invoke();
            MethodHandle open = lookup.findStatic(type, "open", MethodType.methodType(type, String.class));
            MethodHandle get = lookup.findVirtual(type, "get", MethodType.methodType(byte[].class, byte[].class));
            MethodHandle put =
                    lookup.findVirtual(type, "put", MethodType.methodType(void.class, byte[].class, byte[].class));
            try (AutoCloseable db = (AutoCloseable) open.invoke(directory.toString())) {
                for (long i = 0; i < records; i++) {
                    byte[] key = SurveyBenchmark.keyBytes(SurveyBenchmark.key(i, records));
                    byte[] old = (byte[]) get.invoke(db, key);
                    keys += old == null ? 1 : 0;
                    if (old == null || ByteBuffer.wrap(old).getLong() < i) {
                        put.invoke(
                                db,
                                key,
                                ByteBuffer.allocate(16).putLong(i).putLong(i).array());
                    }
                }
            }
        } catch (Throwable e) {
            throw new IOException("RocksDB failed", e);
        }
        disk[0] = SurveyBenchmark.size(directory);
        return keys;
    }
}
