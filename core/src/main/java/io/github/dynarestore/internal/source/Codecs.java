package io.github.dynarestore.internal.source;

import com.github.luben.zstd.ZstdInputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Predicate;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.xerial.snappy.SnappyFramedInputStream;
import org.xerial.snappy.SnappyInputStream;

/** The compressions that producers of backups use (docs/compression.md), the surest to be recognised first. */
final class Codecs {

    private static final String SNAPPY = "org.xerial.snappy:snappy-java";

    static final List<Codec> ALL = List.of(
            new GzipCodec(),
            new ZipCodec(),
            new LibraryCodec("snappy-java", SNAPPY, magic("82534e4150505900"), SnappyInputStream::new),
            new LibraryCodec(
                    "framed snappy",
                    SNAPPY,
                    magic("ff060000734e61507059"),
                    in -> new SnappyFramedInputStream(in, true)),
            new LibraryCodec("zstd", "com.github.luben:zstd-jni", magic("28b52ffd"), ZstdInputStream::new),
            new LibraryCodec(
                    "bzip2",
                    "org.apache.commons:commons-compress",
                    magic("425a68"),
                    in -> new BZip2CompressorInputStream(in, true)),
            new UnsupportedCodec("xz", "fd377a585a00"),
            new UnsupportedCodec("lz4", "04224d18"),
            new LibraryCodec(
                    "Hadoop snappy", SNAPPY, HadoopSnappyInputStream::isBeginning, HadoopSnappyInputStream::new));

    private Codecs() {}

    private static Predicate<byte[]> magic(String hex) {
        byte[] magic = HexFormat.of().parseHex(hex);
        return head -> head.length >= magic.length && Arrays.equals(head, 0, magic.length, magic, 0, magic.length);
    }
}
