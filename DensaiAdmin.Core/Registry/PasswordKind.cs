namespace DensaiAdmin.Core.Registry;

/// <summary>Which of a user's two passwords.</summary>
public enum PasswordKind
{
    /// <summary>ログインパスワード.</summary>
    Login,

    /// <summary>確認用パスワード.</summary>
    Confirmation,
}
