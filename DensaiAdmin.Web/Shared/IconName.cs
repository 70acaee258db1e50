namespace DensaiAdmin.Web.Shared;

/// <summary>The icons of the console: line drawings on a 24 × 24 grid.</summary>
public enum IconName
{
    Add,
    Alert,
    Block,
    Calendar,
    Certificate,
    Check,
    Circle,
    Clear,
    Clock,
    Cross,
    Down,
    Download,
    Eye,
    Info,
    Left,
    Lock,
    Logout,
    Print,
    Right,
    Save,
    Search,
    Sort,
    Tick,
    Warning,
}
