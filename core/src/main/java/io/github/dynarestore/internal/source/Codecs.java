package io.github.dynarestore.internal.source;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;

/** The compressions that producers of backups use (docs/compression.md), the surest to be recognised first. */
final class Codecs {

    private static final String SNAPPY = "org.xerial.snappy:snappy-java";

    private static final int STANDARD = GrowthLimit.STANDARD_WINDOW_MIB;

    /** Two blocks of it: one of 900 KB may stand for 46 MB of the same byte, and is read as a whole. */
    private static final int BZIP2_WINDOW_MIB = 96;

    /** Three letters and a digit, which text may begin with, and then the digits of pi, or of its root. */
    private static final Pattern BZIP2 = Pattern.compile("425a683[1-9](?:314159265359|177245385090).*");

    static final List<Codec> ALL = List.of(
            new GzipCodec(),
            new ZipCodec(),
            new LibraryCodec("snappy-java", SNAPPY, STANDARD, magic("82534e4150505900"), in -> SnappyStreams.open(in)),
            new LibraryCodec(
                    "framed snappy",
                    SNAPPY,
                    STANDARD,
                    magic("ff060000734e61507059"),
                    in -> SnappyStreams.openFramed(in)),
            new LibraryCodec(
                    "zstd", "com.github.luben:zstd-jni", STANDARD, magic("28b52ffd"), in -> ZstdStreams.open(in)),
            new LibraryCodec(
                    "bzip2",
                    "org.apache.commons:commons-compress",
                    BZIP2_WINDOW_MIB,
                    head -> BZIP2.matcher(HexFormat.of().formatHex(head)).matches(),
                    in -> Bzip2Streams.open(in)),
            new UnsupportedCodec("xz", "fd377a585a00"),
            new UnsupportedCodec("lz4", "04224d18"),
            new LibraryCodec(
                    "Hadoop snappy",
                    SNAPPY,
                    STANDARD,
                    HadoopSnappyInputStream::isBeginning,
                    in -> SnappyStreams.openHadoop(in)));

    private Codecs() {}

    private static Predicate<byte[]> magic(String hex) {
        byte[] magic = HexFormat.of().parseHex(hex);
        return head -> head.length >= magic.length && Arrays.equals(head, 0, magic.length, magic, 0, magic.length);
    }

    // Each library is named in a class of its own, which is linked when the first object needs it, and not before: the
    // libraries are optional. A method reference, or a stream made in a lambda above, would have this class need them.

    private static final class SnappyStreams {
        static InputStream open(InputStream in) throws IOException {
            SnappyBlock.requireLibrary();
            return new XerialSnappyInputStream(in);
        }

        static InputStream openFramed(InputStream in) throws IOException {
            SnappyBlock.requireLibrary();
            return new FramedSnappyInputStream(in);
        }

        static InputStream openHadoop(InputStream in) throws IOException {
            SnappyBlock.requireLibrary();
            return new HadoopSnappyInputStream(in);
        }
    }

    private static final class ZstdStreams {
        static InputStream open(InputStream in) throws IOException {
            return new ZstdInputStream(in);
        }
    }

    private static final class Bzip2Streams {
        static InputStream open(InputStream in) throws IOException {
            // It asks for one byte at a time.
            return new BZip2CompressorInputStream(new BufferedInputStream(in), true);
        }
    }
}
