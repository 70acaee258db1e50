namespace DensaiAdmin.Core;

internal static class Marker;
